namespace IdP.UI.Account.Sessions;

/// <summary>Names the texts beside it.</summary>
public sealed class SessionTexts;
