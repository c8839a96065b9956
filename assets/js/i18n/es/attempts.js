// Words for why an attempt to tell a webhook failed.
export default {
  'webhookFailures.bad_request': 'La URL o un encabezado no se puede usar. Edita el webhook.',
  'webhookFailures.refused_address':
    'El nombre lleva a una dirección que no es pública. Permítela con webhooks.allow_addresses o usa una pública.',
  'webhookFailures.dns': 'No se encontró el nombre del servidor. Revisa la URL.',
  'webhookFailures.connect':
    'Nadie responde en esa dirección. Revisa que el receptor esté en marcha y su puerto abierto.',
  'webhookFailures.tls': 'Falló la conexión segura. Revisa el certificado del receptor.',
  'webhookFailures.timeout': 'El receptor tardó demasiado. Haz que primero responda y trabaje después.',
  'webhookFailures.redirect': 'El receptor redirige (HTTP {status}), y eso no se sigue. Usa la URL final.',
  'webhookFailures.closed': 'La respuesta se cortó a la mitad.',
  'webhookFailures.too_long': 'La cabecera de la respuesta es demasiado larga.',
  'webhookFailures.protocol': 'Lo que responde ahí no habla HTTP. Revisa el puerto y si es http o https.',
  'webhookFailures.status': 'El receptor respondió HTTP {status}; solo 2xx significa que aceptó el evento.',
  'webhookFailures.statusRefused':
    'El receptor no lo deja entrar (HTTP {status}). Revisa el encabezado de acceso o el secreto con que verifica.',
  'webhookFailures.statusMissing': 'No hay nada en esa ruta (HTTP {status}). Revisa la URL.',
  'webhookFailures.statusGone': 'El receptor dice que ya no existe (HTTP {status}).',
  'webhookFailures.statusBroken': 'El receptor tiene una falla propia (HTTP {status}). Mira su registro.',
};
