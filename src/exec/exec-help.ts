export const execHelp = `Usage: forker [OPTIONS] -- COMMAND [ARGS]

Runs a command under an init that forwards signals and reaps zombies, as tini does; exits as the command does.

  -s            Register as a subreaper, and fail if that is not possible. (Otherwise forker tries it if it is not PID 1, and ignores a failure.)
  -p SIGNAL     The signal to get when the parent dies, such as SIGTERM.
  -g            Forward signals to the command's process group.
  -e EXIT_CODE  Exit with 0 instead of this code, from 0 to 255. May be repeated.
  -w            Warn when a zombie is reaped.
  -v            Print more. May be repeated.
  -l            Show the license.
  -h            Show this help.

  TINI_SUBREAPER           The same as -s.
  TINI_KILL_PROCESS_GROUP  The same as -g.
  TINI_VERBOSITY           0 prints fatal errors only; 1, the default, also warnings; 2 more.

Exit codes: the command's; 128 + n when it died of signal n; 127 when it was not found, 126 when it cannot be executed;
1 for an unknown option.`;

export const execLicense = "bullmq-forker is under the MIT License: see LICENSE in its package.";

/** In the form of tini's version, which programs parse. */
export const execVersion = "tini version 0.19.0 - bullmq-forker";
