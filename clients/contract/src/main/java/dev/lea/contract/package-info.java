/// The servers that the clients' contract is run against: both programs over small bundles whose answers are known,
/// each behind a proxy that can cut its connections, with a control that changes what is live and ends processes.
///
/// Start reading at [ContractServers]. What it offers is specified in `clients/contract/README.md`. Nobody imports this.
package dev.lea.contract;
