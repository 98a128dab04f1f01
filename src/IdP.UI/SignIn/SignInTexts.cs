namespace IdP.UI.SignIn;

/// <summary>Names the texts beside it.</summary>
public sealed class SignInTexts;
