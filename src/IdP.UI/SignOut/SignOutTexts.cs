namespace IdP.UI.SignOut;

/// <summary>Names the texts beside it.</summary>
public sealed class SignOutTexts;
