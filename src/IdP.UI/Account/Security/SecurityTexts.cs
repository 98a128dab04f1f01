namespace IdP.UI.Account.Security;

/// <summary>Names the texts beside it.</summary>
public sealed class SecurityTexts;
