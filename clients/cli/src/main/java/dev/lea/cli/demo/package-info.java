/// `lea demo`: the three programs as processes of their own, a run from data to a policy, and a swap under
/// load, told as it happens. Start reading at [dev.lea.cli.demo.Demo] (what is started and stopped), then
/// [dev.lea.cli.demo.Story] (what happens between) and [dev.lea.cli.demo.Report] (what is shown of it).
package dev.lea.cli.demo;
