namespace IdP.UI.Languages;

/// <summary>A sentence by its key: whoever decides what is said does not know the language, the page does.</summary>
public sealed record Text(string Key, params object[] Arguments);
