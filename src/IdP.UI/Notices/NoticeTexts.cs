namespace IdP.UI.Notices;

/// <summary>Names the texts beside it.</summary>
public sealed class NoticeTexts;
