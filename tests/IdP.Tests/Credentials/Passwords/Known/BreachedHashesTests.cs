using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using IdP.Credentials.Passwords.Known;

namespace IdP.Tests.Credentials.Passwords.Known;

public sealed class BreachedHashesTests
{
    private string folder = "";

    [SetUp]
    public void MakeFolder() => folder = Directory.CreateTempSubdirectory("idp-hashes-").FullName;

    [TearDown]
    public void DeleteFolder() => Directory.Delete(folder, recursive: true);

    [Test]
    public void Each_form_of_a_list_finds_exactly_what_a_linear_search_finds() =>
        Law.Holds(from count in Gen.Choose(1, 3000) from crowd in Gen.Choose(0, 3) from seed in Gen.Choose(0, 1_000_000) from ending in Gen.Elements("\n", "\r\n") select (count, crowd, seed, ending), list =>
        {
            var hashes = Hashes(list.count, list.crowd, list.seed);
            var (text, compact) = (Path.Combine(folder, "list.txt"), Path.Combine(folder, "list.bin"));
            File.WriteAllText(text, string.Join(list.ending, hashes.Select((hash, i) => $"{Convert.ToHexString(hash)}:{(i % 5) + 1}")) + (list.seed % 2 == 0 ? list.ending : ""));
            using var lines = BreachedHashes.Open(text, minCount: 3);
            using (var output = File.Create(compact)) HashPrefixes.Write(lines.ReadAll().Select(entry => entry.Prefix), output);
            using var every = BreachedHashes.Open(text, minCount: 1);
            using var prefixes = BreachedHashes.Open(compact, minCount: 1);

            return Probes(hashes, list.seed).All(probe =>
            {
                var at = hashes.FindIndex(hash => hash.AsSpan().SequenceEqual(probe));
                return every.Contains(probe) == at >= 0 && lines.Contains(probe) == (at >= 0 && (at % 5) + 1 >= 3) && prefixes.Contains(probe) == hashes.Exists(hash => hash.AsSpan(0, 8).SequenceEqual(probe.AsSpan(0, 8)));
            });
        }, runs: 60);

    [Test]
    public void A_folder_of_ranges_is_such_a_list_too()
    {
        var hash = Convert.FromHexString("5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8");
        var hex = Convert.ToHexString(hash);
        foreach (var name in Samples().Append(hex[..5]).Distinct()) File.WriteAllText(Path.Combine(folder, name + ".txt"), $"{new string('0', 35)}:7\n{new string('F', 35)}:1\n");
        File.WriteAllText(Path.Combine(folder, hex[..5] + ".txt"), string.Join('\n', ((string[])[new string('0', 35) + ":7", hex[5..] + ":4", new string('F', 35) + ":1"]).Order(StringComparer.Ordinal)));

        using var often = BreachedHashes.Open(folder, minCount: 5);
        using var all = BreachedHashes.Open(folder, minCount: 1);

        Assert.That((all.Contains(hash), often.Contains(hash), all.Contains(Convert.FromHexString("5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD9"))), Is.EqualTo((true, false, false)));
        Assert.That(all.Contains(Convert.FromHexString("00000" + new string('1', 35))), Is.False);
        Assert.That(() => all.Contains(Convert.FromHexString("00001" + new string('0', 35))), Throws.InstanceOf<IOException>(), "a file that is missing is no answer");
    }

    [TestCase("", "is empty")]
    [TestCase("5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:37\n00000FAEF1CFA0D9C4D3E3A5C3DBD2C9E9F4E6A1:1\n", "is not ordered by hash")]
    [TestCase("5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8:37\n", "has a line that is not 40 upper-case hex digits")]
    [TestCase("password\nletmein-and-what-else-there-may-be-to-try\n", "has a line that is not 40 upper-case hex digits")]
    [TestCase("5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:many\n", "has a line that is not 40 upper-case hex digits")]
    [TestCase("5BAA61E4C9B93F3F0682250B6CF8331B7EE68FD8:-1\n", "has a line that is not 40 upper-case hex digits")]
    [TestCase("8846F7EAEE8FB117AD06BDD830B7586C\n8846F7EAEE8FB117AD06BDD830B7586D\n", "has a line that is not 40 upper-case hex digits", Description = "NTLM hashes")]
    [TestCase("IdP hashes 8 v1\n", "is empty")]
    [TestCase("IdP hashes 8 v1\n123456789", "is cut off")]
    [TestCase("IdP hashes 8 v1\nZZZZZZZZAAAAAAAA", "is not ordered by hash")]
    public void A_file_that_is_no_such_list_is_refused_with_the_reason(string content, string reason)
    {
        var file = Path.Combine(folder, "list");
        File.WriteAllText(file, content);

        Assert.That(() => BreachedHashes.Open(file, 1), Throws.InstanceOf<InvalidDataException>().With.Message.StartsWith(reason));
    }

    [Test]
    public void Disorder_in_the_middle_of_a_long_list_is_seen_and_so_is_another_kind_of_content()
    {
        var hashes = Hashes(20_000, 0, 7).ConvertAll(hash => Convert.ToHexString(hash) + ":1");
        var swapped = hashes.Skip(10_000).Concat(hashes.Take(10_000));
        var (disorder, foreign) = (Path.Combine(folder, "disorder"), Path.Combine(folder, "foreign"));
        File.WriteAllLines(disorder, swapped);
        File.WriteAllBytes(foreign, [.. Encoding.ASCII.GetBytes(string.Join('\n', hashes.Take(100))), .. new byte[1_000_000]]);

        Assert.That(() => BreachedHashes.Open(disorder, 1), Throws.InstanceOf<InvalidDataException>());
        Assert.That(() => BreachedHashes.Open(foreign, 1), Throws.InstanceOf<InvalidDataException>());
        Assert.That(() => BreachedHashes.Open(Path.Combine(folder, "nowhere"), 1), Throws.InstanceOf<InvalidDataException>().With.Message.EqualTo("is not there"));
        Assert.That(() => BreachedHashes.Open(folder, 1), Throws.InstanceOf<InvalidDataException>().With.Message.Contains("00000"));
    }

    [Test]
    public void A_list_of_200_megabytes_is_asked_without_being_read_into_memory()
    {
        const int Count = 25_000_000;
        var file = Path.Combine(folder, "large.bin");
        var step = ulong.MaxValue / Count;
        using (var output = new FileStream(file, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20)) HashPrefixes.Write(Enumerable.Range(0, Count).Select(i => ((ulong)i * step) + ((ulong)i * 2654435761 % step)), output);
        var before = (Allocated: GC.GetTotalAllocatedBytes(precise: true), Read: BytesRead());

        using var list = BreachedHashes.Open(file, 1);
        var (probe, found) = (new byte[20], 0);
        for (var i = 0; i < 1000; i++)
        {
            System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(probe, ((ulong)(i * 24_000) * step) + ((ulong)(i * 24_000) * 2654435761 % step) + (ulong)(i % 2));
            if (list.Contains(probe)) found++;
        }

        Assert.That(found, Is.EqualTo(500));
        Assert.That(new FileInfo(file).Length, Is.GreaterThanOrEqualTo(200_000_000));
        Assert.That(GC.GetTotalAllocatedBytes(precise: true) - before.Allocated, Is.LessThan(1_000_000), "bytes allocated");
        Assert.That(BytesRead() - before.Read, Is.LessThan(50_000_000), "bytes read for a thousand look-ups and the check at the start");
    }

    [Test]
    public async Task The_command_converts_a_list_and_refuses_one_in_disorder()
    {
        var hashes = Hashes(1000, 0, 3);
        var (from, to) = (Path.Combine(folder, "from"), Path.Combine(folder, "to"));
        File.WriteAllLines(from, hashes.Select((hash, i) => $"{Convert.ToHexString(hash)}:{i % 4}"));
        var (output, error) = (new StringWriter(CultureInfo.InvariantCulture), new StringWriter(CultureInfo.InvariantCulture));

        var done = await PasswordListCommand.ConvertAsync(from, to, minCount: 2, output, error);
        File.AppendAllText(from, new string('0', 40) + "\n");
        var refused = await PasswordListCommand.ConvertAsync(from, to + "2", minCount: 2, output, error);

        using var list = BreachedHashes.Open(to, 1);
        Assert.That((done, refused), Is.EqualTo((0, 1)));
        Assert.That(hashes.Select(hash => list.Contains(hash)), Is.EqualTo(hashes.Select((_, i) => i % 4 >= 2)));
        Assert.That(output.ToString(), Does.Contain("500 hashes"));
        Assert.That(error.ToString(), Does.Contain("is not ordered by hash"));
        Assert.That(File.Exists(to + "2"), Is.False);
    }

    private static IEnumerable<string> Samples() => Enumerable.Range(0, 65).Select(i => ((int)(1_048_575L * i / 64)).ToString("X5", CultureInfo.InvariantCulture));

    /// <param name="crowd">How many leading bytes they have in common, which a guess from the numbers does not expect.</param>
    private static List<byte[]> Hashes(int count, int crowd, int seed)
    {
        var random = new Random(seed);
        List<byte[]> hashes = [];
        for (var i = 0; i < count; i++)
        {
            var hash = new byte[20];
            random.NextBytes(hash.AsSpan(i % 10 == 0 ? 0 : crowd));
            hashes.Add(hash);
        }
        return [.. hashes.DistinctBy(Convert.ToHexString).OrderBy(Convert.ToHexString, StringComparer.Ordinal)];
    }

    private static IEnumerable<byte[]> Probes(List<byte[]> hashes, int seed)
    {
        var random = new Random(seed + 1);
        for (var i = 0; i < 60; i++)
        {
            var present = hashes[random.Next(hashes.Count)];
            var (near, other) = ((byte[])[.. present], new byte[20]);
            near[19 - (i % 12)]++;
            random.NextBytes(other);
            yield return present;
            yield return near;
            yield return other;
        }
        yield return hashes[0];
        yield return hashes[^1];
        yield return new byte[20];
        yield return [.. Enumerable.Repeat((byte)0xff, 20)];
    }

    /// <summary>What this process has read from files so far, by the kernel's own count.</summary>
    private static long BytesRead() => long.Parse(File.ReadLines("/proc/self/io").First(line => line.StartsWith("rchar:", StringComparison.Ordinal))["rchar:".Length..], CultureInfo.InvariantCulture);
}
