namespace IdP.UI.SignUp;

/// <summary>Names the texts beside it.</summary>
public sealed class SignUpTexts;
