namespace IdP.Hosting;

/// <summary>The server cannot start, for a reason the operator can mend: the message is one sentence that names the setting.</summary>
public sealed class StartupException(string message, Exception? inner = null) : Exception(message, inner);
