namespace IdP.Credentials;

/// <summary>A passkey or an authenticator app that a person has from now on.</summary>
/// <param name="Id">What it is called by whoever removes it.</param>
/// <param name="RecoveryCodes">Those that were made because this is the first factor; empty when there were some.</param>
public sealed record AddedFactor(string Id, IReadOnlyList<string> RecoveryCodes);
