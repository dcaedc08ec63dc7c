import ora from 'ora';

/** Shows what is going on, on a terminal; says nothing into a pipe. */
export class Progress {
  readonly #spinner;

  constructor(silent: boolean) {
    // A terminal that says it is 0 columns wide would have the spinner clear infinitely many lines.
    const isShown = !silent && process.stderr.isTTY && process.stderr.columns > 0;
    // Hidden input would swallow Ctrl-C while a run is under way.
    this.#spinner = ora({ isSilent: !isShown, discardStdin: false });
  }

  say(text: string): void {
    this.#spinner.text = text;
    this.#spinner.start();
  }

  end(): void {
    this.#spinner.stop();
  }
}
