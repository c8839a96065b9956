// Words for why an attempt to tell a webhook failed.
export default {
  'webhookFailures.bad_request': 'A URL ou um cabeçalho não pode ser usado. Edite o webhook.',
  'webhookFailures.refused_address':
    'O nome leva a um endereço que não é público. Permita-o com webhooks.allow_addresses ou use um público.',
  'webhookFailures.dns': 'O nome do servidor não foi encontrado. Confira a URL.',
  'webhookFailures.connect': 'Ninguém responde nesse endereço. Veja se o receptor está rodando e com a porta aberta.',
  'webhookFailures.tls': 'A conexão segura falhou. Confira o certificado do receptor.',
  'webhookFailures.timeout': 'O receptor demorou demais. Faça-o responder primeiro e trabalhar depois.',
  'webhookFailures.redirect': 'O receptor redireciona (HTTP {status}), o que não é seguido. Use a URL final.',
  'webhookFailures.closed': 'A resposta foi cortada no meio.',
  'webhookFailures.too_long': 'O cabeçalho da resposta é longo demais.',
  'webhookFailures.protocol': 'O que responde ali não fala HTTP. Confira a porta e se é http ou https.',
  'webhookFailures.status': 'O receptor respondeu HTTP {status}; só 2xx significa que aceitou o evento.',
  'webhookFailures.statusRefused':
    'O receptor não deixa entrar (HTTP {status}). Confira o cabeçalho de acesso ou o segredo com que ele verifica.',
  'webhookFailures.statusMissing': 'Não há nada nesse caminho (HTTP {status}). Confira a URL.',
  'webhookFailures.statusGone': 'O receptor diz que não existe mais (HTTP {status}).',
  'webhookFailures.statusBroken': 'O receptor tem uma falha própria (HTTP {status}). Veja o log dele.',
};
