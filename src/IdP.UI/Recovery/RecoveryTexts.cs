namespace IdP.UI.Recovery;

/// <summary>Names the texts beside it.</summary>
public sealed class RecoveryTexts;
