// Why a session is as it is and what to do about it; why a message failed.
export default {
  'causes.network': 'No hay conexión con WhatsApp.',
  'causeHelp.network': 'Se reintenta solo. Si persiste, revisa que el servidor tenga acceso a internet.',
  'causes.serverError': 'El servidor de WhatsApp cerró la conexión o la rechazó por ahora.',
  'causeHelp.serverError': 'Se reintenta solo; no tienes que hacer nada.',
  'causes.restricted': 'WhatsApp limita lo que este número puede hacer.',
  'causeHelp.restricted':
    'Las respuestas sí salen. Escribe solo a quienes te escribieron y repite menos los mensajes hasta que el límite termine.',
  'causes.crashed': 'La sesión tuvo un fallo del programa y se reinició.',
  'causeHelp.crashed': 'No se perdió nada. Si se repite, repórtalo con el registro.',
  'causes.crashLoop': 'La sesión falló demasiadas veces y ya no se reinicia.',
  'causeHelp.crashLoop': 'Busca el fallo en el registro, repórtalo e inicia la sesión de nuevo.',
  'causes.qrExpired': 'Nadie escaneó un código a tiempo.',
  'causeHelp.qrExpired': 'Elige «Vincular teléfono» cuando tengas el teléfono a mano: se muestran códigos nuevos.',
  'causes.loggedOut': 'El teléfono o WhatsApp quitó este dispositivo.',
  'causeHelp.loggedOut':
    'Vincula un teléfono de nuevo. Pasa al quitarlo en Dispositivos vinculados, o si el teléfono no se usa por 14 días.',
  'causes.loggedOutByRequest': 'Se desvinculó desde aquí.',
  'causeHelp.loggedOutByRequest': 'Vincula un teléfono para volver a usarla.',
  'causes.replaced': 'El mismo dispositivo se conectó desde otro lugar.',
  'causeHelp.replaced': 'Dos programas usan los mismos archivos de sesión. Cierra el otro y luego inicia esta sesión.',
  'causes.tempBan': 'WhatsApp suspendió este número por un tiempo.',
  'causeHelp.tempBan': 'Se inicia sola cuando termine la suspensión. Envía menos, y solo a quienes lo esperan.',
  'causes.outdated': 'WhatsApp ya no acepta esta versión de wamux.',
  'causeHelp.outdated': 'Actualiza wamux y luego inicia la sesión.',
  'causes.refused': 'WhatsApp rechazó el acceso.',
  'causeHelp.refused':
    'Abre WhatsApp en el teléfono y mira si avisa de un problema con la cuenta; luego inicia la sesión o vincúlala de nuevo.',
  'causes.storage': 'No se pueden leer o escribir los datos de la sesión.',
  'causeHelp.storage':
    'Revisa que el disco tenga espacio y permita escribir. Mientras tanto no se acepta nada; lo que llega espera en WhatsApp.',
  'causes.stoppedByRequest': 'Se detuvo desde aquí.',
  'causeHelp.stoppedByRequest': 'Iníciala para seguir; el teléfono sigue vinculado.',
  'failures.not_on_whatsapp': 'Este número no tiene cuenta de WhatsApp. Revísalo junto con su código de país.',
  'failures.expired': 'No salió a tiempo. Envíalo de nuevo cuando la sesión esté conectada.',
  'failures.cancelled': 'Se canceló antes de salir.',
  'failures.rejected': 'WhatsApp lo rechazó definitivamente. El mismo texto se rechazará otra vez.',
  'failures.reachout_limited':
    'WhatsApp no deja que esta cuenta escriba primero a desconocidos. Espera a que escriban o envía más despacio.',
  'failures.unsupported_chat': 'No se pueden enviar textos a este tipo de chat. Elige una persona o un grupo.',
  'failures.timeout': 'WhatsApp no respondió a tiempo. Envíalo de nuevo más tarde.',
  'failures.logged_out': 'La sesión se desvinculó antes de que saliera. Vincúlala de nuevo y reenvíalo.',
};
