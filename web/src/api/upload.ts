/**
 * Sending a file, with how much of it has gone: `fetch` cannot tell that.
 *
 * Fails as everything else does (`client.ts`), with a `Problem`. A line over which nothing passes any more
 * counts as lost.
 */
import { api, problemOf, Problem } from './client';

export interface Uploading {
  /** Told how much has gone, 0 to 1. */
  told: (part: number) => void;
  signal: AbortSignal;
}

/** Without a byte for so long, the line is as good as dead. */
const STALLED_MS = 30_000;
/** All has gone: the server may have others' photos to develop first. */
const ANSWER_MS = 120_000;

/** Put `file` at `path`; resolves with the server's answer. Aborted by `signal`, it rejects with its reason. */
export function upload<T>(path: string, file: Blob, { told, signal }: Uploading): Promise<T> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    let patience: ReturnType<typeof setTimeout> | undefined;
    const wait = (most: number) => {
      clearTimeout(patience);
      patience = setTimeout(() => request.abort(), most);
    };
    const abort = () => request.abort();
    request.open('PUT', path);
    request.setRequestHeader('Accept', 'application/json');
    request.setRequestHeader('Accept-Language', api.locale);
    request.setRequestHeader('Content-Type', file.type);
    request.upload.onprogress = ({ loaded, total }) => {
      wait(STALLED_MS);
      told(total > 0 ? loaded / total : 0);
    };
    request.upload.onload = () => {
      wait(ANSWER_MS);
      told(1);
    };
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve(JSON.parse(request.responseText) as T);
      else reject(refusal(request));
    };
    request.onerror = () => reject(new Problem('offline', '', 0));
    request.onabort = () => reject(signal.aborted ? signal.reason : new Problem('offline', '', 0));
    request.onloadend = () => {
      clearTimeout(patience);
      signal.removeEventListener('abort', abort);
    };
    signal.addEventListener('abort', abort);
    wait(STALLED_MS);
    request.send(file);
  });
}

function refusal(request: XMLHttpRequest): Problem {
  if (request.status === 401) api.onsignedout?.();
  const retryAfter = request.getResponseHeader('Retry-After');
  return problemOf(request.status, retryAfter, request.responseText);
}
