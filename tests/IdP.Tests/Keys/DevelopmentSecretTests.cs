using System.Runtime.Versioning;
using IdP.Keys;

namespace IdP.Tests.Keys;

public sealed class DevelopmentSecretTests
{
    private string _folder = "";

    [SetUp]
    public void CreateFolder() => _folder = Directory.CreateTempSubdirectory("idp-secret-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(_folder, recursive: true);

    [Test]
    public void The_secret_is_made_once_and_strong()
    {
        var path = Path.Combine(_folder, "data", "key-protection.secret");

        var first = DevelopmentSecret.ReadOrCreate(path);

        Assert.That(Convert.FromBase64String(first), Has.Length.GreaterThanOrEqualTo(KeyProtectionOptions.MinBytes));
        Assert.That(DevelopmentSecret.ReadOrCreate(path), Is.EqualTo(first));
    }

    [Test, UnsupportedOSPlatform("windows")]
    public void Only_the_owner_can_read_the_file()
    {
        var path = Path.Combine(_folder, "key-protection.secret");

        DevelopmentSecret.ReadOrCreate(path);

        Assert.That(File.GetUnixFileMode(path), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite));
    }

    [Test]
    public void A_place_that_cannot_be_written_is_reported()
    {
        var file = Path.Combine(_folder, "data");
        File.WriteAllText(file, "in the way");

        Assert.That(() => DevelopmentSecret.ReadOrCreate(Path.Combine(file, "key-protection.secret")), Throws.InstanceOf<IOException>());
    }
}
