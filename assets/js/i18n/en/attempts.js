// Words for why an attempt to tell a webhook failed.
export default {
  'webhookFailures.bad_request': 'The URL or a header cannot be used. Edit the webhook.',
  'webhookFailures.refused_address':
    'The name leads to an address that is not public. Allow it with webhooks.allow_addresses, or use a public one.',
  'webhookFailures.dns': 'The name of the host was not found. Check the URL.',
  'webhookFailures.connect': 'Nobody answers at this address. See that the receiver runs and its port is open.',
  'webhookFailures.tls': 'The secure connection failed. Check the receiver’s certificate.',
  'webhookFailures.timeout': 'The receiver took too long. Let it answer first and work afterwards.',
  'webhookFailures.redirect': 'The receiver sends elsewhere (HTTP {status}), which is not followed. Use the final URL.',
  'webhookFailures.closed': 'The answer broke off in the middle.',
  'webhookFailures.too_long': 'The head of the answer is too long.',
  'webhookFailures.protocol': 'What answers there does not speak HTTP. Check the port, and http or https.',
  'webhookFailures.status': 'The receiver answered HTTP {status}; only 2xx means that it took the event.',
  'webhookFailures.statusRefused':
    'The receiver does not let it in (HTTP {status}). Check its password header, or the secret it verifies with.',
  'webhookFailures.statusMissing': 'There is nothing at this path (HTTP {status}). Check the URL.',
  'webhookFailures.statusGone': 'The receiver says that it is gone for good (HTTP {status}).',
  'webhookFailures.statusBroken': 'The receiver has a fault of its own (HTTP {status}). Look at its log.',
};
