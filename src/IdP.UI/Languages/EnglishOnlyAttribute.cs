namespace IdP.UI.Languages;

/// <summary>On pages for administrators and developers, by the <c>_Imports.razor</c> of their folder: they speak English to everybody.</summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class EnglishOnlyAttribute : Attribute;
