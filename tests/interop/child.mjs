// A program of this project as a child process: started, watched until it is ready, ended by its pid.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { Record } from './patience.mjs';

const PROGRAMS = fileURLToPath(new URL('../../target/debug/', import.meta.url));
/** Lines of a program's log that are kept for the report of a failure. */
const LOG_LINES = 200;

export class Child {
  /** The last lines on standard error. */
  log = [];
  #process;
  #ended;

  /**
   * Starts `program` with no other environment than `env`. `ready` gets every line of both outputs; what it makes of the
   * first that it takes becomes `this.ready`.
   */
  static async start(program, { args = [], env = {}, cwd, ready }) {
    const child = new Child();
    child.#process = spawn(PROGRAMS + program, args, { env, cwd, stdio: ['ignore', 'pipe', 'pipe'] });
    child.#ended = once(child.#process, 'exit');
    const lines = new Record();
    for (const output of [child.#process.stdout, child.#process.stderr]) {
      createInterface({ input: output }).on('line', (line) => {
        if (output === child.#process.stderr) child.#keep(line);
        const value = child.ready ? undefined : ready(line);
        if (value) lines.add((child.ready = value));
      });
    }
    const gone = child.#ended.then(([code, signal]) => {
      throw new Error(`${program} ended (${code ?? signal}):\n${child.log.join('\n')}`);
    });
    gone.catch(() => {});
    try {
      await Promise.race([lines.first(`${program} is ready`, () => true), gone]);
    } catch (error) {
      await child.kill();
      throw error;
    }
    return child;
  }

  /** SIGKILL, and waits for the end. */
  async kill() {
    this.#process.kill('SIGKILL');
    await this.#ended;
  }

  #keep(line) {
    this.log.push(line);
    if (this.log.length > LOG_LINES) this.log.shift();
  }
}

