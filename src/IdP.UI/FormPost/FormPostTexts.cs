namespace IdP.UI.FormPost;

/// <summary>Names the texts beside it.</summary>
public sealed class FormPostTexts;
