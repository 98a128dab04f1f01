using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using NSec.Cryptography;

namespace Bare;

/// <summary>One operation in a loop, for what it costs without any server: prints the processor milliseconds of one.</summary>
internal static class Alone
{
    public static int Run(string operation, string seconds)
    {
        var input = RandomNumberGenerator.GetBytes(400);
        using var rsa = RSA.Create(2048);
        using var ecdsa = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Action? act = operation switch
        {
            "rsa2048" => () => rsa.SignData(input, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            "ecdsap256" => () => ecdsa.SignData(input, HashAlgorithmName.SHA256),
            _ when operation.Split(':') is ["argon2id", var memory, var passes] => Argon2(Number(memory), Number(passes)),
            _ => null,
        };
        if (act is null)
        {
            Console.Error.WriteLine($"Unknown operation: {operation}");
            return 2;
        }

        for (var i = 0; i < 50; i++) act();
        var (watch, before, count) = (Stopwatch.StartNew(), Environment.CpuUsage.TotalTime, 0);
        for (var limit = TimeSpan.FromSeconds(Number(seconds)); watch.Elapsed < limit; count++) act();
        var spent = Environment.CpuUsage.TotalTime - before;
        Console.WriteLine((spent.TotalMilliseconds / count).ToString("0.00000", CultureInfo.InvariantCulture));
        return 0;
    }

    private static Action Argon2(int memoryKiB, int passes)
    {
        var algorithm = PasswordBasedKeyDerivationAlgorithm.Argon2id(new Argon2Parameters { MemorySize = memoryKiB, NumberOfPasses = passes, DegreeOfParallelism = 1 });
        var (password, salt) = (Encoding.UTF8.GetBytes("Correct-Horse-7-Battery"), RandomNumberGenerator.GetBytes(16));
        return () => algorithm.DeriveBytes(password, salt, 32);
    }

    private static int Number(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
}
