/// The commands that ask a running server something and show the answer, as a table or as JSON.
///
/// [dev.lea.cli.ask.AskCommands] lists them. Each is a class that builds a request of its options and a table of the
/// answer; [dev.lea.cli.ask.Question] opens the connection for it and turns what goes wrong into an exit code. Start at
/// [dev.lea.cli.ask.RecommendCommand]. [dev.lea.cli.Main] imports it.
package dev.lea.cli.ask;
