namespace IdP.UI.Device;

/// <summary>Names the texts beside it.</summary>
public sealed class DeviceTexts;
