/** A headless Chromium, spoken to over a pipe by its DevTools protocol: no further package, and no port. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { pathToFileURL } from 'node:url';

/** Where distributions put it. */
export const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

interface View {
  readonly width: number;
  readonly scheme?: 'light' | 'dark';
  readonly media?: 'screen' | 'print';
}

/** What was seen of a page: what it asked for, and what the browser had to complain of. */
export interface Visit {
  readonly requests: readonly string[];
  readonly complaints: readonly string[];
}

type Message = {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Record<string, unknown>;
  readonly result?: Record<string, unknown>;
  readonly error?: { readonly message: string };
};

export class Browser implements AsyncDisposable {
  readonly #child: ChildProcess;
  readonly #profile: string;
  readonly #replies = new Map<number, (message: Message) => void>();
  readonly #waiting = new Set<() => void>();
  #events: Message[] = [];
  #session: string | undefined;
  #sent = 0;

  private constructor(child: ChildProcess, profile: string) {
    this.#child = child;
    this.#profile = profile;
    let rest = '';
    (child.stdio[4] as Readable).setEncoding('utf8').on('data', (chunk: string) => {
      const parts = (rest + chunk).split('\0');
      rest = parts.pop()!;
      for (const part of parts) this.#heard(JSON.parse(part) as Message);
    });
  }

  static async start(path: string): Promise<Browser> {
    const profile = mkdtempSync(join(tmpdir(), 'privateer-browser-'));
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--remote-debugging-pipe', '--no-first-run'];
    const alone = ['--disable-background-networking', '--disable-component-update', '--disable-dev-shm-usage'];
    const child = spawn(path, [...flags, ...alone, `--user-data-dir=${profile}`, 'about:blank'], {
      stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'],
    });
    const browser = new Browser(child, profile);
    const { targetId } = (await browser.#ask('Target.createTarget', { url: 'about:blank' })) as { targetId: string };
    const { sessionId } = (await browser.#ask('Target.attachToTarget', { targetId, flatten: true })) as {
      sessionId: string;
    };
    browser.#session = sessionId;
    for (const domain of ['Page', 'Network', 'Log', 'Runtime']) await browser.#ask(`${domain}.enable`);
    return browser;
  }

  /** Opens a file as it would be seen, and waits until all of it is there. */
  async visit(file: string, { width, scheme = 'light', media = 'screen' }: View): Promise<Visit> {
    await this.#ask('Emulation.setDeviceMetricsOverride', { width, height: 900, deviceScaleFactor: 1, mobile: false });
    const features = [{ name: 'prefers-color-scheme', value: scheme }];
    await this.#ask('Emulation.setEmulatedMedia', { media, features });
    this.#events = [];
    await this.#ask('Page.navigate', { url: pathToFileURL(file).href });
    await this.#until(() => this.#events.some(({ method }) => method === 'Page.loadEventFired'));
    const of = (...names: string[]) => this.#events.filter(({ method }) => names.includes(method ?? ''));
    return {
      requests: of('Network.requestWillBeSent').map(({ params }) => (params!['request'] as { url: string }).url),
      complaints: of('Log.entryAdded', 'Runtime.consoleAPICalled', 'Runtime.exceptionThrown').map(({ params }) =>
        JSON.stringify(params),
      ),
    };
  }

  /** What an expression comes to in the page. */
  async evaluate<Value>(expression: string): Promise<Value> {
    const answer = await this.#ask('Runtime.evaluate', { expression, returnByValue: true });
    if (answer['exceptionDetails'] !== undefined) throw new Error(JSON.stringify(answer['exceptionDetails']));
    return (answer['result'] as { value: Value }).value;
  }

  /** A PNG of all of the page. */
  async screenshot(): Promise<Buffer> {
    const { data } = await this.#ask('Page.captureScreenshot', { captureBeyondViewport: true });
    return Buffer.from(data as string, 'base64');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // Asked to, it ends its own processes before it ends itself.
    if (this.#child.exitCode === null) {
      const gone = once(this.#child, 'exit');
      this.#session = undefined;
      void this.#ask('Browser.close');
      await gone;
    }
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }

  async #ask(method: string, params: object = {}): Promise<Record<string, unknown>> {
    const id = ++this.#sent;
    const reply = new Promise<Message>((resolve) => this.#replies.set(id, resolve));
    const session = this.#session === undefined ? {} : { sessionId: this.#session };
    (this.#child.stdio[3] as Writable).write(`${JSON.stringify({ id, method, params, ...session })}\0`);
    const { result, error } = await reply;
    if (error !== undefined) throw new Error(`${method}: ${error.message}`);
    return result ?? {};
  }

  #heard(message: Message): void {
    if (message.id !== undefined) {
      this.#replies.get(message.id)?.(message);
      this.#replies.delete(message.id);
      return;
    }
    this.#events.push(message);
    for (const look of this.#waiting) look();
  }

  async #until(isSo: () => boolean): Promise<void> {
    if (isSo()) return;
    await new Promise<void>((resolve) => {
      const look = () => {
        if (!isSo()) return;
        this.#waiting.delete(look);
        resolve();
      };
      this.#waiting.add(look);
    });
  }
}
