namespace IdP.UI.Errors;

/// <summary>Names the texts beside it.</summary>
public sealed class ErrorTexts;
