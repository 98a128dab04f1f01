using System.Security.Cryptography;

namespace IdP.Keys;

/// <summary>The key-protection secret of a Development start, kept in a file beside the embedded database.</summary>
public static class DevelopmentSecret
{
    public static string ReadOrCreate(string path)
    {
        if (File.Exists(path)) return File.ReadAllText(path).Trim();
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        var secret = Convert.ToBase64String(RandomNumberGenerator.GetBytes(KeyProtectionOptions.MinBytes));
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using var file = new StreamWriter(path, options);
        file.WriteLine(secret);
        return secret;
    }
}
