/// The only package of serving that talks gRPC: how a server starts and ends, how failures become statuses,
/// and the services that both servers share.
/// Start at [dev.lea.serving.rpc.ModelServer], which puts a server together, and [dev.lea.serving.rpc.RpcServer].
///
///  - [dev.lea.serving.rpc.Statuses] is the one place where a [dev.lea.serving.Failure] gets its code;
///    handlers throw failures or complete futures with them and let [dev.lea.serving.rpc.Unary] answer.
///  - [dev.lea.serving.rpc.Service] says whether a service's handlers block, and so which threads run them.
///  - [dev.lea.serving.rpc.Health] says per service whether it serves; the name "" stands for the process
///    itself, which serves its repository before it has a model.
///
/// May be imported by the servers and the trainer.
package dev.lea.serving.rpc;
