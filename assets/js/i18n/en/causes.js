// Why a session is as it is and what to do about it; why a message failed.
export default {
  'causes.network': 'There is no connection to WhatsApp.',
  'causeHelp.network': 'It is tried again by itself. If it lasts, see that the server reaches the internet.',
  'causes.serverError': 'WhatsApp’s server closed the connection or refused it for now.',
  'causeHelp.serverError': 'It is tried again by itself; there is nothing to do.',
  'causes.restricted': 'WhatsApp limits what this number may do.',
  'causeHelp.restricted':
    'Answers still go out. Write only to people who wrote first, and less of the same, until the limit ends.',
  'causes.crashed': 'The session had a fault in the program and was restarted.',
  'causeHelp.crashed': 'Nothing was lost. If it comes again, report it with the log.',
  'causes.crashLoop': 'The session had faults too often, and is not restarted any more.',
  'causeHelp.crashLoop': 'Look into the log for the fault, report it, and start the session again.',
  'causes.qrExpired': 'Nobody scanned a code in time.',
  'causeHelp.qrExpired': 'Choose “Link a phone” when the phone is at hand: it shows new codes.',
  'causes.loggedOut': 'The phone or WhatsApp removed this device.',
  'causeHelp.loggedOut':
    'Link a phone again. Phones do so under Linked devices, and also when they are not opened for 14 days.',
  'causes.loggedOutByRequest': 'It was logged out from here.',
  'causeHelp.loggedOutByRequest': 'Link a phone to use it again.',
  'causes.replaced': 'The same device was connected from somewhere else.',
  'causeHelp.replaced': 'Two programs use the same session files. End the other one, then start this session.',
  'causes.tempBan': 'WhatsApp has banned this number for a time.',
  'causeHelp.tempBan': 'It starts by itself when the ban ends. Send less, and only to people who expect it.',
  'causes.outdated': 'WhatsApp does not accept this version of wamux any more.',
  'causeHelp.outdated': 'Update wamux, then start the session.',
  'causes.refused': 'WhatsApp refused the login.',
  'causeHelp.refused':
    'Open WhatsApp on the phone and see whether it reports a problem with the account; then start the session, or link it anew.',
  'causes.storage': 'The session’s data cannot be read or written.',
  'causeHelp.storage':
    'See that the disk has room and is writable. Nothing is accepted until then; what comes in waits at WhatsApp.',
  'causes.stoppedByRequest': 'It was stopped from here.',
  'causeHelp.stoppedByRequest': 'Start it to go on; the phone stays linked.',
  'failures.not_on_whatsapp': 'This number has no WhatsApp account. Check it and its country code.',
  'failures.expired': 'It did not leave in time. Send it again when the session is connected.',
  'failures.cancelled': 'It was cancelled before it left.',
  'failures.rejected': 'WhatsApp refused it for good. The same text will be refused again.',
  'failures.reachout_limited':
    'WhatsApp does not let this account write first to people it does not know. Wait until they write, or slow down.',
  'failures.unsupported_chat': 'Texts cannot be sent to this kind of chat. Choose a person or a group.',
  'failures.timeout': 'WhatsApp did not answer in time. Send it again later.',
  'failures.logged_out': 'The session was logged out before it left. Link it again, then send it again.',
};
