namespace IdP.UI.Account.Profile;

/// <summary>Names the texts beside it.</summary>
public sealed class ProfileTexts;
