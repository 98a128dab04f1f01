namespace IdP.UI.Account.Connections;

/// <summary>Names the texts beside it.</summary>
public sealed class ConnectionTexts;
