namespace IdP.UI.Consent;

/// <summary>Names the texts beside it.</summary>
public sealed class ConsentTexts;
