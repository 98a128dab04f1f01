namespace IdP.UI.Account.Tokens;

/// <summary>Names the texts beside it.</summary>
public sealed class TokenTexts;
