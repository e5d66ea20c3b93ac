@testable import Credentials
/// A key pair of this test and of nothing else, encrypted with "passphrase" as Box's console and OpenSSL do it: PKCS #8 with PBES2.
enum EncryptedTestKey {
    static let id = "abcd1234"
    static let passphrase = "passphrase"

    /// AES-256-CBC, with HMAC-SHA-256 for the derivation.
    static let aes = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIIFLTBXBgkqhkiG9w0BBQ0wSjApBgkqhkiG9w0BBQwwHAQI+LEVgL2hJlICAggA
        MAwGCCqGSIb3DQIJBQAwHQYJYIZIAWUDBAEqBBAR3VXhVvEWrsJ3pa+vWotwBIIE
        0BMGBBHNqGlQ9BrZiHTLR2XYxp26cOcvkgP8XB5NBE8jImfJG4LNGi578gG99mTk
        yxGKYFz9Zn/3C4BACs04FyAQg89PAE7smKC3IOWjGAa6c//K4ZZ30wiClYgl4J7v
        F+/ybhfbAuPfOXXVyQEbTzdzJmDFg/vYpR+NWEyRVPUynB60GfER/nLawH2/LKGf
        MBhzEU1hQeZCR4oA8xULzmQfZP9U48Hf2ee3rj9b/aso2hfJlm4q9giIJrVM14Bc
        IfRnWLFWSHlkpJiAri00Ox1saiZkRb+htozTc1StiHjA1oOw+ywp5Cwd0NFBt+aY
        qMwkPr+J9fycw6RYiWO7jSEbMNqMcbVf68KWIzLvcffjOezV2u7UJd6Nl57KrG0O
        5WR3pDwBg64AWnYOVwzHJNVkJk0LtLNZklvXWVReXC1lCW5lNK5HGiUagx8RTA8e
        7SkMWf3G4ud+QRC869nGFl21sNF7co15gN2MQF3Jl1sSRUreYLkaiAcw+4FPHmIL
        XyfqdqYUA/LKuE5dcDE/BsobZLB/Tr/EeIeDQWo8smy26NJf4rkz2HcPueChPyr0
        liMXYMjYeYWZcBZPuiGEgAYxlK4lMGiTNCoqpB1wkFm9PZLNjBeR5/QEu2MtlFdP
        afHE44Bal8amuodhcBdKsWlxNRx3bDT0ijoo3mwZc5pPs0jXjElXJ8JQFJzs9JL+
        Ue1ZhkXNhbYxIkwEFdkuCgLvUs9XiZOQjHtIzDPRRlFIvjKSgOQfqcxP+Dv7MiSK
        4yiwYVnAn3AE4ZzqQHoDKLvBABpqaFCManmX28Q8l43wIf6GGQeRJUuuUezRyLLb
        54twZYvcyfgM+s7zvDQ453i1iLJpYS+lj9awJl18/iIEmwdQYJNYCbsDMm5Ucanp
        DllJcSnRFVbpM/WkL2tq5lSzk9WIp5JeOJU6dftQbmGeFYdpDQRbgJLYiOfVQuXx
        4mypI97a23GvSQanq5pBSdC0OUhPs4PFubl49sNEh+0OOxTG+XylHrZVGPRhNypa
        ajRpjiE4V7LB/tNcaIHuFq3TrBNlU/k+qdDGNCLSSrzYMC7nBAvc6kS0uMbP3HWS
        5bQ7hVBxuvWl/6L1llt8BPmW8P+Q5g6LGuhMIGi68417oxutoJUwFG3TtUItlBm+
        TGsPiviDNcV4g8AA3taqsJedCN3bBckTwPVRzGzmlbG7aasvcSBxN38+FT1jGw/K
        aS0ixaEvRWmgSkjQibzDPNWc+K6pYWwIirq5NY7HN9kBydgwj3VKllO2RILIDKP3
        5exMu/AjZIFQtkuRkf4Rjk0xMa0PXbzkCxf478kaqe2A6EYi5kRTnQOhk/YaNp5O
        cfEDnNPDEQplbyI4R7iMiD5CF2snTpamflP3b0gK5hwBp0QEILl/mnB2q7MP628i
        abT7qspL+Xdd9FoOzaJ0shIgXhrez4sCO78qraPTrHZQy7kUq0wbjZUFi1xWzZtk
        njIbWFy+bzNx17fMUsjQf0GiwupxoyEX2CI5ldwJfaqI6E49yTNY8WnLavk5ZySh
        NnfdHBN3xZ+RrhlnEFC7/fNxzbXl+RbD2uoMzIrHVcT3ozkR6GAcrES/Q8HG1MRo
        wG5rwEUld0QMAsFt4Cb2UUVP8EWQgFy9at+pZXaoMvC2
        -----END ENCRYPTED PRIVATE KEY-----
        """

    /// DES-EDE3-CBC, with HMAC-SHA-1.
    static let tripleDES = """
        -----BEGIN ENCRYPTED PRIVATE KEY-----
        MIIFDjBABgkqhkiG9w0BBQ0wMzAbBgkqhkiG9w0BBQwwDgQIPi0/mm7uabsCAggA
        MBQGCCqGSIb3DQMHBAjTf+2f40YuOwSCBMiqgA7eaBcDegNLcmKp347qVT6M7BCX
        PzAWouFmH+5igj2gpiMeiiZFfz2N3AIyT3DtXUxtR/3Va6/NlpoIhlbSav8rSBXm
        h1gqu28jR7On2pAQq/9b8eQnw1gALLG+BcTI+o/xv5P3XxGi7qhRaqxLqFGiMPtj
        XM4JwVGhDEoUAvZVGeMK8jU4ZmATcyp28xqz9sSw1mCUCHpgGvpWoshEtxuM67mR
        QT/1U56rhVJnCFQiZYCOLjczG7XvHFdWHUr2+EdkKDo9U9GEqskzDwdMmX0818K8
        2hymJfc2whS4VJT7S7Yea6a+A4Mlt/OmHsG3tDzu4Gzn7E4XxMf1uo+d9HUM77I7
        sThcSMuGFCK+tbOZ0xDhL3NGlCCOQcKrOO01dw2iSaxbKqFrJlbImezNuTH7cUSW
        Uqd0xGixBH2/0Dz8d8ydkQq/O69z+tRiippBoctAZBshuebwdPQevMyhV0e2LaAM
        Pf53DTZDZSA4SS9iPh5GZJdJYucEol5HkbjZFPasFnMvfa0AKvEfosg+vCY2f9Qa
        01sl/Pp3Zpwyhpyj1Yqh4PVyQy29uywAl1ij5j0piKy4Tb9N/I4jFRR2q2eCopoa
        QIpR3rGUp6qsWydXjAEXN/vVotOVkkMZ0XKTh/KiReZuwmnQ8EisRwwflYwKMNBN
        iB9qMhbrKkpevCa5rhq3F4iyXhIhOn0Uykx0pEcxIqzWxraiTXXLaPpMbXdA4OU9
        +Ba8MN/9uqryceNirgi3V87C3O2JkHTX/JCoLunnb5DhaSVtXCVkdBDR9tuqwU9y
        Ib0xioPTyfjgGZiFsTxlmuvStNk8FfCGqhA15EHnSbYOYA1SAyWpbyOqNIibG4c4
        FZo9MaMke5UvFLiPgpDnGvtbrc4P97MN9OB55pTdg/STsG8I7opaz/W/z/n3Awjf
        1OqjDRRsoBCuUxQLS4KzISprMyixMBma4qPZe9kwYKn0OxY/o3GOmGk3yt/++cYw
        KClockscH0VXo3U8yYjwqe9Y5MptGPK/jRGTrYdIS+xUBkdkYgPdB3XZhEMy1Mlq
        WAPN8eFJWW1BnYIyqYNkX4gHVat9Z2I/oLYGhvGaT9aRKNMtMbi0uqmJS0mtAO8T
        f35SafzJ//joyfKnULa95AEWsdRurWD6Xp+iXVCYUSowMf75W1cuGsSMQPjND/Uy
        cx6bKF5AalEh51F+5xFZAeht9TfxEXto1flhEBnHXQA13mt8EfezYX45L1y513T0
        KT5qy5jq8pdMhT8jYp+qkUyiHrWUnTjek0hi7sxQmpUVCqXTc/uXI2YwUMrEEb6p
        6NzuL8S2yJlr4B+3CeIyAbMbFdJuxFCurC8NoO661cTr0zHXD5NKunDnGffC3R43
        aVDKe0R44LVvqxXBJoRCRaQhkwlgw0IUNvpb+68s0TXT4iDTsJoFaWcBKMG3EHXp
        aOduf98K5CkxKYaP4yl1IM2UqllHCUFDt7fsGmHvJZ6eOGb2UWZ+FirJPzsKBAeZ
        6lK6MdXcu/yXIOlzKXiFY5Gn5nrMz65A11cTmM0qWDbsjLw4/FnOZl07lW4cNnJ6
        DLxyKEJCBZUYtkj3i24RO6xNjBD+D5asxyDrikv1oh498+znv5I3+AFf2if6H8FN
        aa4=
        -----END ENCRYPTED PRIVATE KEY-----
        """

    static let publicPEM = """
        -----BEGIN PUBLIC KEY-----
        MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAuj8AO1CCMqWeD5Xi4qqR
        0vI0YCTKWphh++2ZrQLD7CrnjnJ1xFdGs9zoFiBA82TRaJdZenF2pGXy/1Rv8tVJ
        UJYj0JKNaAlbH5EbAojEuLRMsFu+i7QETs4tjDdANdyhIr0X0s36y+Xba06PgfgU
        rqYABwAwypXx84BHEUFCZTBU86KJ6lL96lUSI6+YHm6swIgifWIpc9zcgsO2lR4w
        /VoGn/pD+njXH7zpX88xU2sNrowneSMX4ir8mW3RyWAynMkyZGtWif5XQvyS8oJ2
        VKDgIIknPwvj6PH1rehjYntcc7jDOmX2Sv+JAtJcl9pR8TYR7cX002F0jCWIBFqm
        aQIDAQAB
        -----END PUBLIC KEY-----
        """
}
