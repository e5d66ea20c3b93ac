import AsyncHTTPClient
import Crypto
import JWTKit
enum Placeholder {}
