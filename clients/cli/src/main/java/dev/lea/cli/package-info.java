/// The command line of people. [dev.lea.cli.Main] names the commands; those that ask a server live in
/// [dev.lea.cli.ask], the demo in [dev.lea.cli.demo], what is drawn on a terminal in [dev.lea.cli.terminal]. Nothing imports
/// this.
package dev.lea.cli;
