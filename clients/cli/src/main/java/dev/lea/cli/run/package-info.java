/// A training run as people see it: its stages as they go. The demo and the commands that ask a trainer import it.
package dev.lea.cli.run;
