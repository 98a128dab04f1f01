namespace IdP.Testing;

/// <summary>What was sealed or signed, after somebody had it in hand.</summary>
public static class HostileBytes
{
    /// <summary>Cut, with a byte more, or with one bit flipped; never the same.</summary>
    public static byte[] Damage(byte[] bytes, Random random)
    {
        switch (random.Next(4))
        {
            case 0: return bytes[..random.Next(bytes.Length)];
            case 1: return [.. bytes, (byte)random.Next(256)];
            default:
                byte[] damaged = [.. bytes];
                damaged[random.Next(damaged.Length)] ^= (byte)(1 << random.Next(8));
                return damaged;
        }
    }
}
