using FsCheck;
using FsCheck.Fluent;
using IdP.Protocol.Logos;

namespace IdP.Protocol.Tests.Logos;

/// <summary>A file is what its bytes are, whole or not at all.</summary>
public sealed class RasterImageTests
{
    private static readonly (string Name, byte[] File)[] Images =
    [
        ("PNG", TestImages.Png(32, 24)), ("JPEG", TestImages.Jpeg), ("GIF", TestImages.Gif(32, 24)), ("lossy WebP", TestImages.LossyWebP), ("lossless WebP", TestImages.LosslessWebP), ("extended WebP", TestImages.ExtendedWebP()),
    ];

    private static IEnumerable<TestCaseData> Files => Images.Select(image => new TestCaseData((object)image.File).SetArgDisplayNames(image.Name));

    [TestCaseSource(nameof(Files))]
    public void Its_size_is_read_from_the_file(byte[] file)
    {
        var image = RasterImage.Read(file);

        Assert.That((image?.Width, image?.Height, image?.IsAnimated), Is.EqualTo(((int?)32, (int?)24, (bool?)false)));
    }

    [TestCaseSource(nameof(Files))]
    public void Nothing_may_follow_or_be_missing(byte[] file)
    {
        for (var length = 0; length < file.Length; length++) Assert.That(RasterImage.Read(file.AsSpan(0, length)), Is.Null, $"{length} bytes");
        Assert.That(RasterImage.Read([.. file, .. "<script>alert(1)</script>"u8]), Is.Null);
        Assert.That(RasterImage.Read([.. "\n"u8, .. file]), Is.Null);
    }

    [Test]
    public void Pictures_that_move_are_recognised()
    {
        Assert.That(RasterImage.Read(TestImages.Gif(32, 24, frames: 2))?.IsAnimated, Is.True);
        Assert.That(RasterImage.Read(TestImages.Png(32, 24, more: ("acTL", [0, 0, 0, 2, 0, 0, 0, 0])))?.IsAnimated, Is.True);
        Assert.That(RasterImage.Read(TestImages.ExtendedWebP(flags: 0x02))?.IsAnimated, Is.True);
    }

    [Test]
    public void No_mutation_of_a_picture_disturbs_the_reader() => Law.Holds(Mutated, file => RasterImage.Read(file) is null or { Width: >= 0, Height: >= 0 }, runs: 10_000);

    private static readonly Gen<byte[]> Mutated = from image in Gen.Elements(Images)
                                                  from at in Gen.Choose(0, image.File.Length - 1)
                                                  from to in Gen.Choose(0, 255).Select(value => (byte)value).ArrayOf()
                                                  select (byte[])[.. image.File.AsSpan(0, at), .. to, .. image.File.AsSpan(Math.Min(image.File.Length, at + to.Length))];
}
