// Why a session is as it is and what to do about it; why a message failed.
export default {
  'causes.network': 'Não há conexão com o WhatsApp.',
  'causeHelp.network': 'A tentativa se repete sozinha. Se continuar, veja se o servidor tem acesso à internet.',
  'causes.serverError': 'O servidor do WhatsApp fechou a conexão ou a recusou por enquanto.',
  'causeHelp.serverError': 'A tentativa se repete sozinha; não é preciso fazer nada.',
  'causes.restricted': 'O WhatsApp limita o que este número pode fazer.',
  'causeHelp.restricted':
    'As respostas continuam saindo. Escreva só para quem escreveu antes e repita menos as mensagens até o limite acabar.',
  'causes.crashed': 'A sessão teve uma falha do programa e foi reiniciada.',
  'causeHelp.crashed': 'Nada se perdeu. Se acontecer de novo, informe com o registro.',
  'causes.crashLoop': 'A sessão falhou vezes demais e não é mais reiniciada.',
  'causeHelp.crashLoop': 'Procure a falha no registro, informe-a e inicie a sessão de novo.',
  'causes.qrExpired': 'Ninguém escaneou um código a tempo.',
  'causeHelp.qrExpired': 'Escolha “Conectar telefone” quando estiver com o telefone: aparecem códigos novos.',
  'causes.loggedOut': 'O telefone ou o WhatsApp removeu este aparelho.',
  'causeHelp.loggedOut':
    'Conecte um telefone de novo. Isso acontece ao remover em Dispositivos conectados, ou se o telefone fica 14 dias sem uso.',
  'causes.loggedOutByRequest': 'Foi desconectada por aqui.',
  'causeHelp.loggedOutByRequest': 'Conecte um telefone para usá-la de novo.',
  'causes.replaced': 'O mesmo aparelho foi conectado de outro lugar.',
  'causeHelp.replaced':
    'Dois programas usam os mesmos arquivos de sessão. Encerre o outro e depois inicie esta sessão.',
  'causes.tempBan': 'O WhatsApp baniu este número por um tempo.',
  'causeHelp.tempBan': 'Ela inicia sozinha quando o banimento acabar. Envie menos, e só para quem espera.',
  'causes.outdated': 'O WhatsApp não aceita mais esta versão do wamux.',
  'causeHelp.outdated': 'Atualize o wamux e depois inicie a sessão.',
  'causes.refused': 'O WhatsApp recusou o acesso.',
  'causeHelp.refused':
    'Abra o WhatsApp no telefone e veja se há aviso de problema com a conta; depois inicie a sessão ou conecte-a de novo.',
  'causes.storage': 'Não dá para ler ou gravar os dados da sessão.',
  'causeHelp.storage':
    'Veja se o disco tem espaço e permite gravar. Até lá nada é aceito; o que chega espera no WhatsApp.',
  'causes.stoppedByRequest': 'Foi parada por aqui.',
  'causeHelp.stoppedByRequest': 'Inicie-a para continuar; o telefone continua conectado.',
  'failures.not_on_whatsapp': 'Este número não tem conta no WhatsApp. Confira o número e o código do país.',
  'failures.expired': 'Não saiu a tempo. Envie de novo quando a sessão estiver conectada.',
  'failures.cancelled': 'Foi cancelada antes de sair.',
  'failures.rejected': 'O WhatsApp recusou de vez. O mesmo texto será recusado de novo.',
  'failures.reachout_limited':
    'O WhatsApp não deixa esta conta escrever primeiro a desconhecidos. Espere que escrevam ou envie mais devagar.',
  'failures.unsupported_chat': 'Não dá para enviar textos a este tipo de conversa. Escolha uma pessoa ou um grupo.',
  'failures.timeout': 'O WhatsApp não respondeu a tempo. Envie de novo mais tarde.',
  'failures.logged_out': 'A sessão foi desvinculada antes que ela saísse. Vincule-a de novo e reenvie.',
  'causes.linkFailed': 'Não foi possível conectar um telefone.',
  'causeHelp.linkFailed': 'Escolha “Conectar telefone” para tentar de novo; o motivo aparece lá.',
};
