namespace IdP.UI.Account.Ledger;

/// <summary>Names the texts beside it.</summary>
public sealed class LedgerTexts;
