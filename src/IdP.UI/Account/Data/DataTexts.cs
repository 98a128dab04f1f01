namespace IdP.UI.Account.Data;

/// <summary>Names the texts beside it.</summary>
public sealed class DataTexts;
