// Why a session is as it is, for each code of docs/API.md, and what to do.
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
};
