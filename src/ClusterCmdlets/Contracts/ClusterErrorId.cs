namespace Cluster.Contracts;

/// <summary>Every error id of the module. They are part of its contract: scripts catch by them.</summary>
public static class ClusterErrorId
{
    /// <summary>A script file is missing or not readable.</summary>
    public const string ScriptNotFound = nameof(ScriptNotFound);

    /// <summary>A script does not parse; nothing was started.</summary>
    public const string ScriptParseError = nameof(ScriptParseError);

    /// <summary>A script is given in two ways.</summary>
    public const string ScriptAmbiguous = nameof(ScriptAmbiguous);

    /// <summary>A <c>$using:</c> expression cannot be evaluated.</summary>
    public const string UsingExpressionInvalid = nameof(UsingExpressionInvalid);

    /// <summary>A directory is missing or not in the file system.</summary>
    public const string DirectoryNotFound = nameof(DirectoryNotFound);

    /// <summary>The temporary directory cannot hold the workers' sockets; nothing was started.</summary>
    public const string TempDirectoryInvalid = nameof(TempDirectoryInvalid);

    /// <summary>A master was stopped, and something of it could not be removed.</summary>
    public const string CleanupFailed = nameof(CleanupFailed);

    /// <summary>An entry of <c>-Environment</c> has no usable name or value.</summary>
    public const string EnvironmentInvalid = nameof(EnvironmentInvalid);

    /// <summary>No program was found that can run a worker.</summary>
    public const string HostNotFound = nameof(HostNotFound);

    /// <summary>The program that runs workers could not be started.</summary>
    public const string HostStartFailed = nameof(HostStartFailed);

    /// <summary>A worker's script failed before the worker was ready.</summary>
    public const string WorkerStartFailed = nameof(WorkerStartFailed);

    /// <summary>A worker was not ready in time.</summary>
    public const string WorkerStartTimeout = nameof(WorkerStartTimeout);

    /// <summary>A running master of this session has the name already.</summary>
    public const string MasterNameInUse = nameof(MasterNameInUse);

    /// <summary>A master's name is blank, too long, or could not be addressed.</summary>
    public const string MasterNameInvalid = nameof(MasterNameInvalid);

    /// <summary>There is no such master.</summary>
    public const string MasterNotFound = nameof(MasterNotFound);

    /// <summary>Several masters are running and none was named.</summary>
    public const string MasterAmbiguous = nameof(MasterAmbiguous);

    /// <summary>The master has been stopped.</summary>
    public const string MasterStopped = nameof(MasterStopped);

    /// <summary>A worker tried to start a master of its own.</summary>
    public const string NestedMaster = nameof(NestedMaster);

    /// <summary>This process is not a worker.</summary>
    public const string NotAWorker = nameof(NotAWorker);

    /// <summary>There is no such worker.</summary>
    public const string WorkerNotFound = nameof(WorkerNotFound);

    /// <summary>The worker has exited, or leaves: it takes no messages and will not be ready.</summary>
    public const string WorkerExited = nameof(WorkerExited);

    /// <summary>The worker is leaving or is being replaced already.</summary>
    public const string WorkerBusy = nameof(WorkerBusy);

    /// <summary>A worker's replacement did not get ready; the worker stays.</summary>
    public const string ReloadAborted = nameof(ReloadAborted);

    /// <summary>A message has no target.</summary>
    public const string TargetMissing = nameof(TargetMissing);

    /// <summary>A message's receivers are given in two ways.</summary>
    public const string TargetAmbiguous = nameof(TargetAmbiguous);

    /// <summary>There is nothing to send.</summary>
    public const string BodyMissing = nameof(BodyMissing);

    /// <summary>A message's body cannot be sent as data.</summary>
    public const string BodyNotSerializable = nameof(BodyNotSerializable);

    /// <summary>A message is larger than the limit.</summary>
    public const string MessageTooLarge = nameof(MessageTooLarge);

    /// <summary>A message's topic is empty or too long.</summary>
    public const string TopicInvalid = nameof(TopicInvalid);

    /// <summary>The receiver did not take messages in time; this one was not sent.</summary>
    public const string SendTimeout = nameof(SendTimeout);

    /// <summary>The message is not a request.</summary>
    public const string NotARequest = nameof(NotARequest);

    /// <summary>A request was not answered in time.</summary>
    public const string RequestTimeout = nameof(RequestTimeout);

    /// <summary>A message was not read in time by its receiver.</summary>
    public const string AcknowledgeTimeout = nameof(AcknowledgeTimeout);

    /// <summary>The connection to the master or worker is closed.</summary>
    public const string ChannelClosed = nameof(ChannelClosed);

    /// <summary>The other side sent something that is not the protocol.</summary>
    public const string ProtocolError = nameof(ProtocolError);

    /// <summary>A received body is not readable.</summary>
    public const string BodyMalformed = nameof(BodyMalformed);

    /// <summary>A worker's script asks something, and nobody is there to answer.</summary>
    public const string NotInteractive = nameof(NotInteractive);

    /// <summary>A worker was not in the wanted state in time.</summary>
    public const string WaitTimeout = nameof(WaitTimeout);

    /// <summary>Another program or listener has the port or path.</summary>
    public const string AddressInUse = nameof(AddressInUse);

    /// <summary>This user may not listen there.</summary>
    public const string AccessDenied = nameof(AccessDenied);

    /// <summary>This machine does not have the address.</summary>
    public const string AddressNotAvailable = nameof(AddressNotAvailable);

    /// <summary>An address to listen on is not one, or does not go with the other parameters.</summary>
    public const string AddressInvalid = nameof(AddressInvalid);

    /// <summary>The system refuses a listener for another reason, which the message gives.</summary>
    public const string ListenFailed = nameof(ListenFailed);

    /// <summary>Workers of the master serve the port in a way that excludes the one that was asked for.</summary>
    public const string ListenerMismatch = nameof(ListenerMismatch);

    /// <summary>What is to be sent with a message is no socket, or is closed.</summary>
    public const string HandleInvalid = nameof(HandleInvalid);

    /// <summary>A socket can be sent to one receiver only: a worker, or the master.</summary>
    public const string HandleTargetInvalid = nameof(HandleTargetInvalid);

    /// <summary>The socket that was sent with a message has not arrived.</summary>
    public const string HandleLost = nameof(HandleLost);

    /// <summary>The listener has been stopped.</summary>
    public const string ListenerClosed = nameof(ListenerClosed);

    /// <summary>This machine has no ASP.NET Core Runtime that fits the running .NET.</summary>
    public const string AspNetCoreMissing = nameof(AspNetCoreMissing);

    /// <summary>A certificate cannot be read or found, or has no private key.</summary>
    public const string CertificateInvalid = nameof(CertificateInvalid);

    /// <summary>A route is not one, or clashes with another.</summary>
    public const string RouteInvalid = nameof(RouteInvalid);

    /// <summary>A HTTP server got nothing to answer with, or parameters that do not go together.</summary>
    public const string HttpServerInvalid = nameof(HttpServerInvalid);

    /// <summary>A HTTP server could not be started.</summary>
    public const string HttpServerFailed = nameof(HttpServerFailed);

    /// <summary>The body of a request is not what the handler takes it for.</summary>
    public const string RequestBodyInvalid = nameof(RequestBodyInvalid);

    /// <summary>A request was used after its answer.</summary>
    public const string RequestEnded = nameof(RequestEnded);

    /// <summary>What a handler has written cannot be an answer.</summary>
    public const string ResponseInvalid = nameof(ResponseInvalid);

    /// <summary>A handler took longer than allowed.</summary>
    public const string HandlerTimeout = nameof(HandlerTimeout);

    /// <summary>An item of a map took longer than allowed and was stopped.</summary>
    public const string ItemTimeout = nameof(ItemTimeout);

    /// <summary>The worker that was busy with an item of a map has died.</summary>
    public const string ItemLost = nameof(ItemLost);

    /// <summary>An item of a map has ended itself by <c>exit</c> with a code other than 0.</summary>
    public const string ItemExited = nameof(ItemExited);

    /// <summary>A map took longer than allowed and was stopped.</summary>
    public const string MapTimeout = nameof(MapTimeout);

    /// <summary>So many items of a map have failed that the rest was not run.</summary>
    public const string MapHalted = nameof(MapHalted);

    /// <summary>The workers cannot run the items of a map: a module, a function or the initialization script has failed.</summary>
    public const string MapNotStarted = nameof(MapNotStarted);

    /// <summary>A map has no worker left.</summary>
    public const string WorkersGone = nameof(WorkersGone);

    /// <summary>The workers of a master run a script of their own and take no items of a map.</summary>
    public const string NotAPool = nameof(NotAPool);

    /// <summary>There is no such function in the caller's session.</summary>
    public const string FunctionNotFound = nameof(FunctionNotFound);

    /// <summary>The log of a map cannot be read or written.</summary>
    public const string JobLogInvalid = nameof(JobLogInvalid);

    /// <summary>A machine cannot be reached any more, or has left, and its workers with it.</summary>
    public const string MachineLost = nameof(MachineLost);

    /// <summary>No machine of the name has joined.</summary>
    public const string MachineNotFound = nameof(MachineNotFound);

    /// <summary>Fewer machines than were asked for joined in time.</summary>
    public const string MachineNotJoined = nameof(MachineNotJoined);

    /// <summary>The parameters that say where workers run exclude each other, or one of them is malformed.</summary>
    public const string MachinesInvalid = nameof(MachinesInvalid);

    /// <summary>A master does not let a machine in.</summary>
    public const string JoinRefused = nameof(JoinRefused);

    /// <summary>No master of the name uses the server.</summary>
    public const string LeaderNotFound = nameof(LeaderNotFound);

    /// <summary>The master that a machine worked for is gone.</summary>
    public const string LeaderLost = nameof(LeaderLost);

    /// <summary>What was asked for needs the master's own machine.</summary>
    public const string NotOnThisMachine = nameof(NotOnThisMachine);

    /// <summary>No message server can be reached at the address.</summary>
    public const string ServerUnreachable = nameof(ServerUnreachable);

    /// <summary>A message server refuses the credential, or its certificate is not the right one.</summary>
    public const string ServerRefused = nameof(ServerRefused);

    /// <summary>The message server of this master could not be started.</summary>
    public const string ServerStartFailed = nameof(ServerStartFailed);

    /// <summary>A ticket is not one, or others can read its file.</summary>
    public const string TicketInvalid = nameof(TicketInvalid);

    /// <summary>Another machine could not be reached by SSH, or its agent could not be started there.</summary>
    public const string MachineStartFailed = nameof(MachineStartFailed);
}
