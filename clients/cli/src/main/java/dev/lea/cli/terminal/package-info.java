/// What a person sees: styled lines, tables, and lines that are redrawn in place. Start reading at
/// [dev.lea.cli.terminal.Terminal]. Knows nothing of Lea; all commands may import it.
package dev.lea.cli.terminal;
