namespace IdP.UI.Account;

/// <summary>Names the texts beside it.</summary>
public sealed class AccountTexts;
