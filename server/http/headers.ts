/**
 * The whole page is ours and comes from here; what a recording contains can at worst be text. The
 * player's terminal is WebAssembly, which is all that `wasm-unsafe-eval` allows.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ')

/** On every answer, also on refusals. */
export function securityHeaders(overTls: boolean): Record<string, string> {
  return {
    'content-security-policy': CONTENT_SECURITY_POLICY,
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'cross-origin-resource-policy': 'same-origin',
    'x-frame-options': 'DENY',
    'permissions-policy': 'camera=(), microphone=(), geolocation=(), payment=(), usb=()',
    // A year, as the preload list asks; never on plain loopback, where it would break the next tool.
    ...(overTls ? { 'strict-transport-security': 'max-age=31536000' } : {}),
  }
}
