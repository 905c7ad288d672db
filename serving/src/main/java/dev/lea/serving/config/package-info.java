/// How a program is told what to do, and how it says why it cannot start. Start at
/// [dev.lea.serving.config.Program]: a name, the [dev.lea.serving.config.Setting]s it knows, and a `run` that
/// reads them, prints what is in effect and starts the program.
///
/// A setting called `max-batch` can be given, strongest first, as the flag `--max-batch 32` (or
/// `--max-batch=32`), as the environment variable `LEA_MAX_BATCH`, or as `max-batch = 32` in the properties
/// file that `--config` or `LEA_CONFIG` names. All problems are reported at once.
///
/// May be imported by anyone; knows nothing of the rest of Lea.
package dev.lea.serving.config;
