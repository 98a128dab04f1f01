namespace IdP.UI.Portal;

/// <summary>Names the texts beside it.</summary>
public sealed class PortalTexts;
