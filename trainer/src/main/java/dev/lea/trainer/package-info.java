/// The trainer: [dev.lea.trainer.Main] starts it. Read [dev.lea.trainer.run] first; what a run does stands there
/// top-down, and each stage has a package of its own.
package dev.lea.trainer;
